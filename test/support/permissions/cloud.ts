import type { Principal } from '../../../infra/permissions/entry.ts'
import type { Names, SeenCall } from './match.ts'

/** One cloud's services, emulated, with a stream that holds `BODIES`. */
export interface CloudUnderTest {
  readonly env: Readonly<Record<string, string>>
  /** YAML: `store` and `keys`. */
  readonly config: string
  /** YAML: the dataset's source, and what else there is to say of the dataset in further lines. */
  readonly source: string
  readonly dataset?: string
  /** The calls that each emulator has answered so far. */
  readonly books: readonly (() => readonly SeenCall[])[]
  /** The next write of an object is done, and its answer lost. */
  readonly tear: () => void
  readonly names: Names
  readonly also?: (principal: Principal, names: Names) => Promise<void>
}
