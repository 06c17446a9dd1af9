import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml'
import { hide, interpolate, type Environment } from './interpolate.ts'

export interface Problem {
  readonly line: number
  readonly column: number
  /** Dotted path; empty for the file itself. */
  readonly path: string
  readonly message: string
}

export type Path = readonly (string | number)[]

/** A YAML file as a plain value, with the place of every part. */
export interface YamlFile {
  readonly value: unknown
  /** Problems of the text itself; the value is what could be read despite them. */
  readonly problems: readonly Problem[]
  /** False if it is not YAML: missing parts then mean nothing. */
  readonly isYaml: boolean
  /** Scalars that took text from the environment, by path joined with NUL. */
  readonly interpolated: ReadonlyMap<string, Path>
  /** The same scalars as the file writes them, in the form of `interpolate`. */
  readonly written: ReadonlyMap<string, string>
  problem(path: Path, message: string, at?: 'key' | 'value'): Problem
}

export interface YamlOptions {
  /** If absent, `${…}` is ordinary text. */
  readonly environment?: Environment
  /** Treats a key without a value as absent. */
  readonly dropNulls?: boolean
}

const MOST_ALIASES = 100
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

/** Reads YAML 1.2 (JSON is part of it). Never throws: errors are among the problems. */
export function readYaml(text: string, { environment, dropNulls = false }: YamlOptions = {}): YamlFile {
  const lines = new LineCounter()
  const source = environment === undefined ? text : hide(text)
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, strict: true, stringKeys: true })
  const problems: Problem[] = []
  const interpolated = new Map<string, Path>()
  const writtenAs = new Map<string, string>()
  const at = (offset: number, path: Path, message: string): Problem => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col, path: path.join('.'), message }
  }
  for (const { pos, message } of document.errors) problems.push(at(pos[0], [], message))

  let aliases = 0
  const valueOf = (node: unknown, path: Path): unknown => {
    if (isAlias(node)) {
      const target = ++aliases > MOST_ALIASES ? undefined : node.resolve(document)
      if (target === undefined) problems.push(at(offsetOf(node), path, 'this alias cannot be resolved'))
      return target === undefined ? null : valueOf(target, path)
    }
    if (isSeq(node)) return node.items.map((item, index) => valueOf(item, [...path, index]))
    if (isMap(node)) {
      const result: Record<string, unknown> = {}
      for (const { key, value } of node.items) {
        const name = isScalar(key) ? String(key.value) : ''
        if (FORBIDDEN_KEYS.has(name)) {
          problems.push(at(offsetOf(key), [...path, name], 'this key is not allowed'))
          continue
        }
        const inner = valueOf(value, [...path, name])
        if (inner !== null || !dropNulls) result[name] = inner
      }
      return result
    }
    if (!isScalar(node)) return null
    if (typeof node.value === 'number' && !Number.isFinite(node.value)) {
      problems.push(at(offsetOf(node), path, 'expected a finite number: JSON has no infinity and no NaN'))
    }
    if (typeof node.value !== 'string' || environment === undefined) return node.value
    const { text: filled, used, unset, written } = interpolate(node.value, environment)
    for (const name of unset) {
      problems.push(at(offsetOf(node), path, `${name} is not set; set it, or write \${${name}:-default}`))
    }
    if (!used) return filled
    interpolated.set(path.join('\0'), path)
    writtenAs.set(path.join('\0'), written)
    return filled === '' ? null : filled
  }
  const value = valueOf(document.contents, [])

  return {
    value,
    problems,
    isYaml: document.errors.length === 0,
    interpolated,
    written: writtenAs,
    problem(path, message, position = 'value') {
      return at(positionOf(document, path, position), path, message)
    },
  }
}

/** The offset of the value at a path, or of the nearest existing part around it. */
function positionOf(document: Document, path: Path, position: 'key' | 'value'): number {
  let node: unknown = document.contents
  let offset = offsetOf(node)
  for (const [depth, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
      if (pair === undefined) return offset
      node = pair.value
      const last = depth === path.length - 1
      offset = offsetOf((last && position === 'key') || !hasRange(node) ? pair.key : node)
    } else if (isSeq(node)) {
      node = node.items[Number(step)]
      if (node === undefined) return offset
      offset = offsetOf(node)
    } else return offset
  }
  return offset
}

function hasRange(node: unknown): node is Node & { range: [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
}

function offsetOf(node: unknown): number {
  return hasRange(node) ? node.range[0] : 0
}
