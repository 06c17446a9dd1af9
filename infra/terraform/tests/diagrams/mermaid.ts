import type { Json } from '../hcl.ts'
import { list, text } from '../module.ts'

/** A network as it is drawn, and what can be reached in it in words. */
export interface Network {
  /** A Mermaid flowchart. */
  readonly chart: string
  /** Sentences, in Markdown. */
  readonly reach: string
}

/** A node's name, which Mermaid takes only without punctuation. */
export function id(kind: string, name: string): string {
  return `${kind}_${name.replaceAll(/\W/g, '_')}`
}

export function texts(value: Json | undefined): string[] {
  return list(value).map(text)
}

/** Lines of a label, so many to a line. */
export function lines(words: readonly string[], each: number): string {
  return Array.from({ length: Math.ceil(words.length / each) }, (_, i) =>
    words.slice(each * i, each * i + each).join(', '),
  ).join('<br>')
}

/** `a`, `a and b`, `a, b and c`. */
export function enumerated(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

/** What stands between a node and everything that no other line leads to or from. */
export function barrier(node: string, isClosed: { readonly in: boolean; readonly out: boolean }): string[] {
  if (isClosed.in && isClosed.out) return [`  ${node} x--x elsewhere`]
  return [
    `  elsewhere ${isClosed.in ? '--x' : '-- "not denied" -->'} ${node}`,
    `  ${node} ${isClosed.out ? '--x' : '-- "not denied" -->'} elsewhere`,
  ]
}

/** The node that a barrier leads to. */
export const ELSEWHERE = '  elsewhere(("anything<br>else"))'
