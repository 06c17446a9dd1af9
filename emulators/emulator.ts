import { AppError } from '#core/errors.ts'

/** What every emulator of ours offers to the tests beside its protocol. */
export interface Emulator {
  readonly endpoint: string
  /** Every call so far, in the words of the service's own permissions: `s3:PutObject` on `arn:aws:s3:::bucket/key`. */
  readonly calls: readonly Call[]
  /** The next matching calls fail like this, as the real service words it. */
  inject(fault: Fault): void
  clearFaults(): void
  close(): Promise<void>
}

export interface Call {
  readonly action: string
  readonly resource: string
}

export interface Fault {
  /** The action whose calls fail, or every one's. */
  readonly action?: string
  readonly kind:
    | 'throttled'
    | 'denied'
    | 'unavailable' // a 5xx, or its like
    | 'torn' // the connection breaks before the answer
    | 'torn_after' // the work is done, and the connection breaks before the answer
    | 'disabled' // the key is disabled
    | 'destroyed' // the key version is gone
  /** How many calls; without it, all until `clearFaults`. */
  readonly times?: number
}

export interface EmulatorOptions {
  /** 0 (the default) takes a free one. */
  readonly port?: number
  /** Where it listens: 127.0.0.1, unless it runs in a container. */
  readonly host?: string
  /** Where state is kept: what was answered survives SIGKILL and a start on the same folder. In memory without it. */
  readonly folder?: string
}

/** Where emulators listen that are not told. */
export const LOOPBACK = '127.0.0.1'

/**
 * For HTTP servers: an idle connection stays, as it does with the services for minutes. Node.js would end it after five seconds,
 * which a client that is about to use it again meets as a connection that breaks.
 */
export const PATIENT = { keepAliveTimeout: 0 } as const

/** The bookkeeping that emulators share. */
export class CallBook {
  readonly calls: Call[] = []
  #faults: { readonly fault: Fault; left: number }[] = []

  /** Notes a call; the fault that it is to meet, if any. */
  note(action: string, resource: string): Fault['kind'] | null {
    this.calls.push({ action, resource })
    const due = this.#faults.find(({ fault, left }) => left > 0 && (fault.action ?? action) === action)
    if (due === undefined) return null
    due.left--
    return due.fault.kind
  }

  inject(fault: Fault): void {
    if (fault.times !== undefined && fault.times < 1) throw new AppError('invalid', 'a fault that never happens')
    this.#faults.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY })
  }

  clearFaults(): void {
    this.#faults = []
  }
}
