import { refusal } from './refuse.ts'

const tokenMaxLength = 2048

/** Refuses what cannot be a refresh token. The value is never repeated: the message says only what is wrong with its form. */
export function checkTokenForm(token: string): void {
  if (token.length <= tokenMaxLength && /^[\x21-\x7e]+$/.test(token)) return
  throw refusal('FIELD_INVALID', {
    message: `the refresh token is not one: at most ${tokenMaxLength} printable characters without spaces`,
    field: 'refresh_token',
  })
}
