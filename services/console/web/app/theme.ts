import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core'

const teal: MantineColorsTuple = [
  '#effaf8',
  '#dcf2ee',
  '#b4e4dc',
  '#87d3c7',
  '#5fc2b3',
  '#38a899',
  '#1f8f81',
  '#0f766e',
  '#0b5f59',
  '#084944',
]

/** Calm and near to the system: its fonts, one colour, soft corners. */
export const theme = createTheme({
  primaryColor: 'lockstep',
  colors: { lockstep: teal },
  primaryShade: { light: 7, dark: 5 },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  defaultRadius: 'md',
  headings: { fontWeight: '600', sizes: { h1: { fontSize: '1.375rem' }, h2: { fontSize: '1.0625rem' } } },
  cursorType: 'pointer',
})

/** Quiet text is still text: its contrast is at least 4.5 to 1 on every background used here. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: { '--mantine-color-dimmed': '#5c6670' },
  dark: { '--mantine-color-dimmed': '#a3a3a3' },
})
