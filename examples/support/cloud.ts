import type { Children, Environment } from './children.ts'
import type { Dataset, DayMessage } from './day.ts'

/** What an example stands on. */
export interface Place {
  readonly folder: string
  readonly children: Children
  /** At least six, the same on every run. */
  readonly ports: readonly number[]
}

/** A cloud, emulated on this machine, behind its official SDK. */
export interface Cloud {
  /** The way of a record, in a line. */
  readonly title: string
  /** What answers here in place of the cloud. */
  readonly stands: string
  /** For how long nothing comes once all of it came. */
  readonly idleSeconds: number
  start(place: Place): Promise<RunningCloud>
}

export interface RunningCloud extends AsyncDisposable {
  /** What `examples/<cloud>/credence.yaml` and the SDKs take from the environment. */
  readonly environment: Environment
  /** Makes the streams, the bucket and the key, as a person does once; their names, for people. */
  create(): Promise<readonly (readonly [what: string, name: string])[]>
  /** Sends messages in their order; the ids that their records will have, in the same order. */
  publish(dataset: Dataset, messages: readonly DayMessage[]): Promise<readonly string[]>
  /** After all is published. */
  settle?(): Promise<void>
  /** Every object of the bucket. */
  objects(): AsyncIterable<StoredObject>
  readonly bucket: string
  /** Facts that only this cloud has. */
  facts?(): Promise<readonly (readonly [what: string, fact: string])[]>
}

export interface StoredObject {
  readonly path: string
  readonly bytes: number
}
