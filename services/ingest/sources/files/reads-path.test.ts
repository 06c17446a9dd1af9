import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readsPath } from './reads-path.ts'

test('a source reads its file or what is wanted below its folder, by whatever name it is reached', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'credence-reads-'))
  try {
    await mkdir(join(folder, 'in', 'ann'), { recursive: true })
    await writeFile(join(folder, 'in', 'day.csv'), '')
    await symlink('in', join(folder, 'other'))
    await symlink(join('in', 'day.csv'), join(folder, 'link.csv'))
    const of = (source: object, path: string) => readsPath({ root: join(folder, 'in'), ...source }, join(folder, path))
    for (const path of ['in/day.csv', 'in/new.csv', 'in/ann/new.csv', 'other/new.csv', 'link.csv', 'in'])
      expect([path, await of({}, path)]).toEqual([path, true])
    for (const path of ['out.csv', 'in.csv', 'in/.kept/out.csv', 'in/README.md'])
      expect([path, await of({}, path)]).toEqual([path, false])
    expect(await of({ include: ['*.csv'] }, 'in/out.parquet')).toBe(false)
    expect(await of({ exclude: ['out/**'] }, 'in/out/day.csv')).toBe(false)
    expect(await of({ root: join(folder, 'in', 'day.csv') }, 'link.csv')).toBe(true)
    expect(await of({ root: join(folder, 'in', 'day.csv') }, 'in/day.jsonl')).toBe(false)
  } finally {
    await rm(folder, { recursive: true })
  }
})
