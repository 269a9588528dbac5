import { Table } from '@mantine/core'
import { type DisplayColumnDef, tableFeatures, useTable } from '@tanstack/react-table'
import type { ReactNode } from 'react'

import classes from './data-table.module.css'

const features = tableFeatures({})

/** A column: what stands above it, and what it shows of a row. */
export interface Column<Row> {
  readonly id: string
  readonly header: string
  readonly cell: (row: Row) => ReactNode
  /** Numbers stand at the end of their cell. */
  readonly numeric?: boolean
  /** On a narrow screen the cell takes the whole width, below its column's name. */
  readonly wide?: boolean
}

/** What a table shows. */
export interface DataTableProps<Row extends object> {
  /** What the table lists, for whoever cannot see it. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowId: (row: Row) => string
  /** A small table stays one on a narrow screen. */
  readonly small?: boolean
}

/** A table that turns into a list of cards on a narrow screen: every cell then carries its column's name. */
export function DataTable<Row extends object>({ label, columns, rows, rowId, small }: DataTableProps<Row>) {
  const table = useTable({
    features,
    columns: columns.map((column) => columnDef(column)),
    data: rows,
    getRowId: rowId,
  })
  return (
    <Table
      className={classes['table'] ?? ''}
      mod={{ small }}
      verticalSpacing={small ? 5 : 8}
      horizontalSpacing="sm"
      role="table"
      aria-label={label}
    >
      <Table.Thead role="rowgroup">
        {table.getHeaderGroups().map((group) => (
          <Table.Tr key={group.id} role="row">
            {group.headers.map((header, index) => (
              <Table.Th key={header.id} role="columnheader" scope="col" data-numeric={columns[index]?.numeric}>
                <table.FlexRender header={header} />
              </Table.Th>
            ))}
          </Table.Tr>
        ))}
      </Table.Thead>
      <Table.Tbody role="rowgroup">
        {table.getRowModel().rows.map((row) => (
          <Table.Tr key={row.id} role="row">
            {row.getAllCells().map((cell, index) => (
              <Table.Td
                key={cell.id}
                role="cell"
                data-label={columns[index]?.header}
                data-numeric={columns[index]?.numeric}
                data-wide={columns[index]?.wide}
              >
                <table.FlexRender cell={cell} />
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

function columnDef<Row extends object>({ id, header, cell }: Column<Row>): DisplayColumnDef<typeof features, Row> {
  return { id, header, cell: ({ row }) => cell(row.original) }
}
