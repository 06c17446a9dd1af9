import { CallBook, type Fault } from './emulator.ts'

/** The part of a client of the AWS SDK that calls pass through. */
export interface RecordableClient {
  readonly middlewareStack: {
    add(middleware: Middleware, options: { step: 'initialize'; name: string; override: boolean }): void
  }
}

type Handler = (args: { readonly input: object }) => Promise<unknown>
type Middleware = (next: Handler, context: { readonly commandName?: string }) => Handler

export interface Recording {
  /** The prefix of its permissions: `kinesis`. */
  readonly service: string
  /** What a call wants its permission on. */
  readonly resourceOf: (action: string, input: Readonly<Record<string, unknown>>) => string
  /** What the service calls these faults; a name of an error. */
  readonly names?: { readonly [kind in Fault['kind']]?: string }
}

const NAMES: { readonly [kind in Fault['kind']]?: string } = {
  throttled: 'ThrottlingException',
  denied: 'AccessDeniedException',
  unavailable: 'ServiceUnavailable',
}
const STATUS: { readonly [kind in Fault['kind']]?: number } = { throttled: 400, denied: 400, unavailable: 503 }

/**
 * Notes every call that a client of the AWS SDK makes, as `kinesis:GetRecords` on its resource, and lets those fail for which
 * a fault was injected. For services whose emulator does neither.
 */
export function recordCalls(client: RecordableClient, { service, resourceOf, names = {} }: Recording): CallBook {
  const book = new CallBook()
  const middleware: Middleware = (next, { commandName = '' }) => {
    const action = `${service}:${commandName.replace(/Command$/, '')}`
    return async (args) => {
      const kind = book.note(action, resourceOf(action, args.input as Readonly<Record<string, unknown>>))
      if (kind === null) return next(args)
      if (kind === 'torn_after') await next(args)
      throw fault(kind, names[kind] ?? NAMES[kind])
    }
  }
  client.middlewareStack.add(middleware, { step: 'initialize', name: 'recordCalls', override: true })
  return book
}

function fault(kind: Fault['kind'], name: string | undefined): Error {
  const error = new Error(`injected: ${kind}`)
  if (name === undefined) return Object.assign(error, { code: 'ECONNRESET' })
  return Object.assign(error, { name, $fault: 'client', $metadata: { httpStatusCode: STATUS[kind] ?? 400 } })
}
