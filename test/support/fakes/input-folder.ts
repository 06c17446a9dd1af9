import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A folder for the input files of one test; disposing removes it. */
export interface InputFolder extends AsyncDisposable {
  readonly root: string
  /** Writes a file below the folder; its path. */
  write(path: string, contents: string | Uint8Array): Promise<string>
}

export async function createInputFolder(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<InputFolder> {
  const root = await mkdtemp(join(tmpdir(), 'credence-input-'))
  const write = async (path: string, contents: string | Uint8Array) => {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), contents)
    return join(root, path)
  }
  for (const [path, contents] of Object.entries(files)) await write(path, contents)
  return { root, write, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) }
}
