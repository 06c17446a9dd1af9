import type { z } from 'zod'
import type { Permission } from './roles.ts'

/** One route: all that the server checks, the documentation says and the pages rely on. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With `{names}`, as OpenAPI writes them. */
  readonly path: `/v1/${string}`
  /** `none` is open to who is not signed in; `session` to whoever is. */
  readonly permission: Permission | 'session' | 'none'
  /** What it does, in a line. */
  readonly says: string
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly body?: z.ZodObject
  /** Null answers 204 without a body; `stream` answers text/event-stream; `lines` JSON lines to download, `zip` an archive, `bytes` anything. */
  readonly answer: z.ZodType | null | 'stream' | 'lines' | 'zip' | 'bytes'
  /** 200 where absent (204 without an answer). */
  readonly status?: 200 | 201 | 202
  /** Of a POST that only looks: it takes no `Idempotency-Key`. */
  readonly changes?: false
  /** Takes a second factor, where the provider of OpenID Connect is asked for one. */
  readonly isDangerous?: true
  /** Asks for `If-Match` with the `ETag` that was shown: 428 without it, 412 where the thing has changed since. */
  readonly ifMatch?: true
}
