import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** The state of an emulator, in a file where a folder is given: replaced as a whole, before what it answers for is answered. */
export interface StateFile<T> {
  readonly state: T
  /** Must be called after every change, before the answer. */
  save(): void
}

/** `T` is plain JSON. */
export function openState<T>(folder: string | undefined, name: string, initial: T): StateFile<T> {
  if (folder === undefined) return { state: initial, save: () => undefined }
  mkdirSync(folder, { recursive: true })
  const file = path.join(folder, `${name}.json`)
  const state = (read(file) as T | null) ?? initial
  return {
    state,
    save() {
      writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 })
      renameSync(`${file}.new`, file)
    },
  }
}

function read(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
