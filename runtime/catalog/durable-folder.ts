import { chmodSync, fsyncSync, lstatSync } from 'node:fs'
import { chmod, lstat, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { NodeFS } from '@electric-sql/pglite/nodefs'

type Options = Parameters<NodeFS['init']>[1]
type Module = Parameters<NonNullable<Options['preRun']>[number]>[0]

/** The most fsync calls of a clean start; a start after a crash asks for every file of the folder, one after another. */
const ASKED_BY_A_CLEAN_START = 16
/** Says which of the other files count: it must not reach the disk before them. */
const CONTROL_FILE = join('global', 'pg_control')

/**
 * PGlite's folder with an `fsync` that reaches the disk. As shipped, PGlite requests none, and the file system between it and
 * Node has no such operation: its commits survive the process, but not a loss of power.
 */
export class DurableFolder extends NodeFS {
  #opening = true
  #asked = 0

  override async init(...[database, options]: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const preRun = [...(options.preRun ?? []), (module: Module) => this.#addFsync(module), keepPrivate]
    return super.init(database, { ...options, preRun })
  }

  /** Ends the opening: when this resolves, deferred files are on the disk. */
  async settle(): Promise<void> {
    this.#opening = false
    if (this.#asked > ASKED_BY_A_CLEAN_START) await syncTree(this.rootDir)
  }

  #addFsync({ NODEFS }: Module): void {
    const operations = (NODEFS as unknown as { stream_ops: Record<string, unknown> }).stream_ops
    operations['fsync'] = ({ nfd }: { readonly nfd: number }) => {
      // Thousands in a row take seconds, so `settle` does them together.
      if (!this.#opening || ++this.#asked <= ASKED_BY_A_CLEAN_START) fsyncSync(nfd)
      return 0
    }
  }
}

interface NodeOperations {
  mknod: (parent: object, name: string, mode: number, device: number) => object
  setattr: (node: object, attributes: { mode?: number }) => void
}

/** Makes new files private. As shipped, everybody may write them, whatever the process's umask. */
function keepPrivate({ NODEFS }: Module): void {
  const { node_ops: operations, realPath } = NODEFS as unknown as {
    node_ops: NodeOperations
    realPath: (node: object) => string
  }
  const { mknod, setattr } = operations
  operations.mknod = (...args) => {
    const node = mknod(...args)
    const path = realPath(node)
    chmodSync(path, lstatSync(path).mode & OWNER)
    return node
  }
  operations.setattr = (node, attributes) =>
    setattr(node, attributes.mode === undefined ? attributes : { ...attributes, mode: attributes.mode & ~OTHERS })
}

const OWNER = 0o700
const OTHERS = 0o077

/** Restricts everything under a folder, and the folder last, to its owner; if that was done before, only checks it. */
export async function restrictTree(folder: string): Promise<void> {
  if (process.platform === 'win32' || ((await lstat(folder)).mode & OTHERS) === 0) return
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    if (!entry.isFile() && !entry.isDirectory()) continue
    await chmod(join(entry.parentPath, entry.name), entry.isFile() ? 0o600 : 0o700)
  }
  await chmod(folder, 0o700)
}

/** Syncs everything under a folder to the disk, the control file last. */
export async function syncTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
  const control = join(folder, CONTROL_FILE)
  await Promise.all(paths.filter((path) => path !== control).map(syncPath))
  if (paths.includes(control)) await syncPath(control)
  await syncPath(folder)
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r')
  await handle.sync().finally(() => handle.close())
}
