import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { lineDiff } from './line-diff.ts'

describe('the difference of two texts', () => {
  test('is written as `diff -u` does, three lines around each change', () => {
    const before = 'a\nb\nc\nd\ne\nf\ng\nh\n'
    expect(lineDiff(before, before, 'x.yaml')).toBe('')
    expect(lineDiff(before, before.replace('e\n', 'E\nE2\n'), 'x.yaml')).toBe(
      '--- a/x.yaml\n+++ b/x.yaml\n@@ -2,7 +2,8 @@\n b\n c\n d\n-e\n+E\n+E2\n f\n g\n h\n',
    )
    expect(lineDiff('a\n', 'a', 'x')).toBe('--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-a\n+a\n\\ No newline at end of file\n')
  })

  test('is all of both where they have next to nothing in common', () => {
    const lines = (word: string) => Array.from({ length: 3000 }, (_, i) => `${word} ${i}\n`).join('')
    expect(lineDiff(lines('a'), lines('b'), 'x').split('\n')).toHaveLength(2 + 1 + 6000 + 1)
  })

  test('is what git applies, whatever the texts are', () => {
    const folder = mkdtempSync(join(tmpdir(), 'credence-diff-'))
    const file = join(folder, 'contract.yaml')
    const line = fc.constantFrom('a', 'b', 'c', '', ' x', '-d', '+e', '@@')
    const text = fc
      .tuple(fc.array(line, { minLength: 1, maxLength: 30 }), fc.boolean())
      .map(([lines, ends]) => lines.join('\n') + (ends || lines.at(-1) === '' ? '\n' : ''))
    try {
      fc.assert(
        fc.property(text, text, (before, after) => {
          writeFileSync(file, before)
          const diff = lineDiff(before, after, 'contract.yaml')
          if (diff !== '') execFileSync('git', ['apply', '-'], { cwd: folder, input: diff, stdio: 'pipe' })
          expect(readFileSync(file, 'utf8')).toBe(after)
        }),
        { numRuns: 60, seed: 1 },
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
