/** The developer's application as registered with Amazon. What is null was never set and is not checked. */
export interface Application {
  applicationId: string | null
  clientId: string | null
  clientSecret: string | null
  /** After this instant the secret is refused. */
  secretExpiresAt: number | null
  /** The secret before the last rotation by API, and until when it still works. */
  oldSecret: string | null
  oldSecretUntil: number
  /** Empty: any http address on loopback. */
  redirectUris: string[]
  /** A draft can be authorised with `version=beta` only. */
  draft: boolean
}

/** What a seller agreed to: a refresh token, the client it was made for, and since when. */
export interface Grant {
  refreshToken: string
  sellerKey: string
  /** Null: any client may use the token. */
  clientId: string | null
  /** Null: it never runs out. */
  authorizedAt: number | null
}

/** A consent waiting to be exchanged. */
export interface AuthorizationCode {
  code: string
  sellerKey: string
  clientId: string | null
  /** As it stood in the consent address; null when it was left to the registration. */
  redirectUri: string | null
  issuedAt: number
  usedAt: number | null
}
