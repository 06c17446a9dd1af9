import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Contents } from './contents.ts'

export interface Settings {
  readonly publicAccess?: 'container' | 'blob'
  readonly defaultScope?: string
  readonly denyScopeOverride?: boolean
  /** Version-level immutability, which brings versioning with it; an account with a flat namespace can have it. */
  readonly versionLevelImmutability?: boolean
  /** A retention policy or legal hold over the whole container. */
  readonly containerImmutability?: boolean
}

/** A file, a blob or a directory. */
export interface Node {
  readonly directory: boolean
  /** The id of its bytes; directories have none. */
  readonly data: string | null
  readonly size: number
  readonly etag: string
  readonly modified: string
  readonly created: string
  /** Base64; files written through dfs have none. */
  readonly md5?: string
  readonly contentType: string
  readonly scope?: string
  readonly metadata: Readonly<Record<string, string>>
  readonly immutableUntil?: string
  readonly immutableMode?: string
  readonly version?: string
}

export interface Appended {
  readonly position: number
  readonly size: number
  readonly data: string
}

export interface Container {
  settings: Settings
  readonly created: string
  readonly etag: string
  readonly nodes: Map<string, Node>
  /** Uncommitted blocks of a path: ids to contents. */
  readonly blocks: Map<string, Map<string, string>>
  /** What was appended to a file and not flushed yet. */
  readonly appended: Map<string, Appended[]>
}

/** Everything that a request changes, as one line of the journal: all of it is there after a crash, or nothing is. */
export interface Change {
  readonly container: string
  readonly created?: { readonly at: string; readonly etag: string }
  readonly removed?: true
  readonly settings?: Settings
  readonly nodes?: Readonly<Record<string, Node | null>>
  /** Adds blocks to those of a path; null drops them all. */
  readonly blocks?: Readonly<Record<string, Readonly<Record<string, string>> | null>>
  readonly appended?: Readonly<Record<string, readonly Appended[] | null>>
}

/** Containers and what is in them. With a folder, a change is in its journal before `change` returns. */
export class Tree {
  readonly containers = new Map<string, Container>()
  readonly contents: Contents
  readonly #journal: string | null
  #stamp = 0

  constructor(folder: string | undefined) {
    if (folder !== undefined) mkdirSync(folder, { recursive: true })
    this.contents = new Contents(folder)
    this.#journal = folder === undefined ? null : path.join(folder, 'journal.jsonl')
    if (this.#journal === null) return
    for (const line of linesOf(this.#journal)) this.#apply(line)
    writeFileSync(`${this.#journal}.new`, this.#snapshot().map(lineOf).join(''), { mode: 0o600 })
    renameSync(`${this.#journal}.new`, this.#journal)
  }

  change(change: Change): void {
    if (this.#journal !== null) appendFileSync(this.#journal, lineOf(change), { mode: 0o600 })
    for (const id of this.#apply(change)) this.contents.drop(id)
  }

  /** A new entity tag: never one that was given before, restarts included. */
  etag(): string {
    this.#stamp = Math.max(this.#stamp + 1, Date.now() * 1024)
    return `"0x8D${this.#stamp.toString(16).toUpperCase()}"`
  }

  /** Applies a change; the ids of contents that nothing refers to any more. */
  #apply(change: Change): string[] {
    const { container: name, created, settings, nodes = {}, blocks = {}, appended = {} } = change
    if (created !== undefined) {
      const maps = { nodes: new Map(), blocks: new Map(), appended: new Map() }
      this.containers.set(name, { settings: settings ?? {}, created: created.at, etag: created.etag, ...maps })
    }
    const container = this.containers.get(name)
    if (container === undefined) return []
    const before: string[] = []
    if (settings !== undefined) container.settings = settings
    for (const [at, node] of Object.entries(nodes)) {
      before.push(...idsOf(container.nodes.get(at)))
      if (node === null) container.nodes.delete(at)
      else container.nodes.set(at, node)
    }
    for (const [at, added] of Object.entries(blocks)) {
      const held = container.blocks.get(at) ?? new Map<string, string>()
      for (const [id, data] of added === null ? held : Object.entries(added)) {
        before.push(...(added === null ? [data] : [held.get(id) ?? ''].filter((old) => old !== '')))
        if (added !== null) held.set(id, data)
      }
      if (added === null) container.blocks.delete(at)
      else container.blocks.set(at, held)
    }
    for (const [at, added] of Object.entries(appended)) {
      const held = container.appended.get(at) ?? []
      if (added === null) before.push(...held.map(({ data }) => data))
      if (added === null) container.appended.delete(at)
      else container.appended.set(at, [...held, ...added])
    }
    if (change.removed === true) {
      this.containers.delete(name)
      before.push(...[...container.nodes.values()].flatMap(idsOf))
    }
    const kept = new Set(Object.values(nodes).flatMap((node) => idsOf(node)))
    return before.filter((id) => !kept.has(id))
  }

  #snapshot(): Change[] {
    return [...this.containers].map(([name, { settings, created, etag, nodes, blocks, appended }]) => ({
      container: name,
      created: { at: created, etag },
      settings,
      nodes: Object.fromEntries(nodes),
      blocks: Object.fromEntries([...blocks].map(([at, ids]) => [at, Object.fromEntries(ids)])),
      appended: Object.fromEntries(appended),
    }))
  }
}

function idsOf(node: Node | null | undefined): string[] {
  return node?.data == null ? [] : [node.data]
}

function lineOf(change: Change): string {
  return `${JSON.stringify(change)}\n`
}

/** The changes in a journal; a last line without its end was never answered for. */
function linesOf(file: string): Change[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Change)
}
