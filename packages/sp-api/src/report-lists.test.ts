import { expect, test } from '@jest/globals'
import fc from 'fast-check'

import {
  createReportScheduleCall,
  getReportsCall,
  nextReportsCall,
  readCreatedSchedule,
  readReportsPage,
} from './report-lists.ts'
import { createRestrictedTokenCall, readRestrictedToken } from './tokens.ts'

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const json = (body: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(body))
const createdSince = new Date('2026-11-21T09:00:00Z')

test('[T-64] reports are listed by type and time; the next page is asked for by its token alone', () => {
  expect(getReportsCall({ reportTypes: ['T'], createdSince }).query).toEqual([
    ['reportTypes', 'T'],
    ['pageSize', '100'],
    ['createdSince', createdSince.toISOString()],
  ])
  expect(nextReportsCall('t').query).toEqual([['nextToken', 't']])
})

test('each report of a page says how far it is; a page with something else in it is none', () => {
  const report = { reportId: '6', reportType: 'T', createdTime: '2026-11-21T10:00:00Z', processingStatus: 'IN_QUEUE' }

  expect(readReportsPage(bytes({ reports: [report], nextToken: 't' }))).toEqual({
    reports: [
      {
        reportId: '6',
        reportType: 'T',
        createdAt: new Date('2026-11-21T10:00:00Z'),
        progress: { kind: 'being_made', status: 'IN_QUEUE' },
      },
    ],
    nextToken: 't',
  })
  expect(readReportsPage(bytes({ reports: [{ ...report, reportId: 6 }] }))).toBeUndefined()
})

test('a schedule names its period, and its first time only when there is one', () => {
  const schedule = { reportType: 'T', marketplaceIds: ['M'], period: 'P1D' } as const

  expect(json(createReportScheduleCall(schedule).body)).toEqual(schedule)
  expect(json(createReportScheduleCall({ ...schedule, nextAt: createdSince }).body)).toMatchObject({
    nextReportCreationTime: createdSince.toISOString(),
  })
  expect(readCreatedSchedule(bytes({ reportScheduleId: 's' }))).toBe('s')
})

test('a restricted token opens what it was asked for, at most 50 resources', () => {
  const resource = { method: 'GET', path: '/reports/2021-06-30/documents/d' } as const

  expect(json(createRestrictedTokenCall([resource]).body)).toEqual({ restrictedResources: [resource] })
  expect(() => createRestrictedTokenCall([])).toThrow(RangeError)
  expect(() => createRestrictedTokenCall(Array.from({ length: 51 }, () => resource))).toThrow('1 to 50')
  expect(readRestrictedToken(bytes({ restrictedDataToken: 'Atz.sprdt|x', expiresIn: 3600 }))?.livesMs).toBe(3_600_000)
})

test('no body makes a reader throw', () => {
  fc.assert(
    fc.property(fc.json().map(bytes), (body) => {
      for (const reader of [readReportsPage, readCreatedSchedule, readRestrictedToken]) {
        expect(() => reader(body)).not.toThrow()
      }
    }),
  )
})
