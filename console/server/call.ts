import type { z } from 'zod'
import type { ROUTES, Operation } from '#console/api/routes.ts'
import type { SigningSystem } from '#app/system.ts'
import type { Who } from './access/who.ts'
import type { Live } from './live.ts'

type RouteOf<Of extends Operation> = (typeof ROUTES)[Of]
type Read<Of extends Operation, Part extends string> =
  RouteOf<Of> extends Record<Part, infer Schema extends z.ZodType> ? z.output<Schema> : undefined

/** A request that its route's schemas let through, by somebody who may make it. */
export interface Call<Of extends Operation = Operation> {
  readonly who: Who
  /** The installation, in which this person acts. */
  readonly system: SigningSystem
  readonly live: Live
  readonly request: Request
  readonly params: Read<Of, 'params'>
  readonly query: Read<Of, 'query'>
  readonly body: Read<Of, 'body'>
  /** The `If-Match` of routes that ask for one, without its quotation marks. */
  readonly ifMatch: string
  /** Of what this change makes: the same for the same person and `Idempotency-Key`. */
  readonly id: string
  /** Set on the answer. */
  readonly headers: Headers
}

/** What a route answers with, before its schema is held against it. */
export type AnswerOf<Of extends Operation> = RouteOf<Of>['answer'] extends z.ZodType
  ? z.input<RouteOf<Of>['answer']>
  : RouteOf<Of>['answer'] extends null
    ? void
    : Response

export type Handlers<Of extends Operation = Operation> = {
  readonly [Name in Of]: (call: Call<Name>) => Promise<AnswerOf<Name>>
}
