import { readFileSync } from 'node:fs'
import { textPool, type Pool } from '#cli/demo/pool.ts'

/** Texts with labels in files of JSON lines, `{"text", "label"}`, several joined by commas. */
export function textsIn(files: string): Pool {
  const lines = files.split(',').flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== ''),
  )
  const records = lines.map((line) => JSON.parse(line) as { readonly text: string; readonly label: string })
  const names = [...new Set(records.map(({ label }) => label))].sort()
  return textPool(
    files,
    records.map(({ text }) => text),
    Uint8Array.from(records, ({ label }) => names.indexOf(label)),
    names,
  )
}
