import { seededRandom } from '#core/random.ts'
import { circuit, retry, type CircuitState, type RetryPolicy } from './retry.ts'

/** Runs a call to something outside this process, as often as its errors and our patience allow. */
export type Call = <T>(work: () => Promise<T>) => Promise<T>

/** Who is told of it: the process's events, as far as a dependency has any. */
interface DependencyEvents {
  emit(name: 'dependency.circuit', fields: { readonly source: string; readonly circuit: CircuitState }): void
}

export interface DependencyOptions {
  /** Such as `s3`; for events and messages. */
  readonly name: string
  readonly events?: DependencyEvents | undefined
  readonly policy?: RetryPolicy
  readonly signal?: AbortSignal | undefined
}

/** About five seconds in all: what takes longer is the caller's to hold. */
const POLICY: RetryPolicy = { attempts: 6, firstDelayMs: 100, longestDelayMs: 2_000 }

/** One dependency's retrying and its circuit breaker, shared by all calls to it. */
export function createCall({ name, events, policy = POLICY, signal }: DependencyOptions): Call {
  const guard = circuit({
    name,
    onChange: (state) => events?.emit('dependency.circuit', { source: name, circuit: state }),
  })
  const random = seededRandom(0, `retry ${name}`)
  return (work) => retry(() => guard(work), { policy, random, signal })
}
