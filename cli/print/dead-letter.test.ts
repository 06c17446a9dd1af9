import { describe, expect, it } from 'vitest'
import type { OpenedLetter } from '#app/operations/dead-letters.ts'
import { PLAIN } from '#present/look.ts'
import { renderDeadLetter } from './dead-letter.ts'

const schema = { type: 'object', properties: { size: { type: 'number', maximum: 9 } }, additionalProperties: false }

function shown(body: OpenedLetter['letter']['body'], detail = 'maximum at /size'): string {
  const provenance = { source: 'in', partition: 'a\u202e.csv', position: '7' }
  const fault = { id: 'a.csv:7', reason: 'contract', detail } as const
  const row = { ...fault, window: 'w', dataset: 'd', attempts: 1, state: 'open', createdAt: new Date(0) } as const
  const { partition, position } = provenance
  const opened = { row: { ...row, partition, position, contributor: null }, letter: { ...fault, provenance, body } }
  return renderDeadLetter(opened, schema, PLAIN)
}

describe('a dead letter', () => {
  const fields = { kind: 'fields', bytes: 9, fields: { size: 10, note: '\u001b[2J\u202e' } } as const

  it('says why, where, by which rule of the contract, and what came', () => {
    const text = shown(fields)
    expect(text).toContain('contract: breaks the contract’s schema; maximum at /size')
    expect(text).toContain('the contract says: {"maximum":9}')
    expect(text).toContain('at 7')
    expect(text).toContain('size: 10')
    expect(text).toContain('redriven in vain 1 time')
    expect(shown(fields, 'additionalProperties at /')).toContain('the contract says: {"additionalProperties":false}')
    expect(shown(fields, 'too odd for words')).not.toContain('the contract says')
  })

  it('names the fields that the contract does not know, which the reason only counts', () => {
    const detail = 'additionalProperties at / (field 2 of 2); maximum at /size'
    const said = ['the contract says: {"additionalProperties":false}', 'the contract does not know: note']
    const bytes = new TextEncoder().encode('{"size": 10, "note": 1}')
    for (const body of [fields, { kind: 'bytes', bytes, contentType: 'application/json' } as const])
      for (const line of said) expect(shown(body, detail)).toContain(line)
    expect(shown(fields)).not.toContain('does not know')
    expect(shown({ kind: 'broken', raw: bytes, reason: 'undecodable', detail }, detail)).not.toContain('does not know')
  })

  it('lets nothing act on a terminal', () => {
    const raw = new TextEncoder().encode('a\u001b]0;owned\u0007\u202eb')
    const texts = [shown(fields), shown({ kind: 'broken', raw, reason: 'undecodable', detail: 'x' })]
    for (const text of texts) expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(texts[1]).toContain('⟨U+001B⟩]0;owned⟨U+0007⟩⟨U+202E⟩b')
  })

  it('shows what is no text as bytes, and not all of what is long', () => {
    const raw = Uint8Array.from({ length: 600 }, (_, i) => 255 - (i % 256))
    const text = shown({ kind: 'broken', raw, reason: 'invalid_utf8', detail: 'x' })
    expect(text).toContain('0000  ff fe fd fc')
    expect(text).toContain('… and 88 bytes more')
    const long = new TextEncoder().encode('x'.repeat(5000))
    expect(shown({ kind: 'bytes', bytes: long, contentType: 'text/plain' })).toContain('… and 1,000 characters more')
  })
})
