import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { createInputFolder } from '#test/support/fakes/input-folder.ts'
import { tarOf } from '#test/support/fakes/tar.ts'
import { TarPlaces } from './tar-places.ts'

const ALL = { members: 1e9, bytes: 1e9, names: 1e9 }

describe('where samples lie in archives', () => {
  test.each([
    ['members', { ...ALL, members: 6 }, [3, 3]],
    ['unpacked bytes', { ...ALL, bytes: 1 << 20 }, [8, 8]],
    ['characters of names', { ...ALL, names: 48 }, [3, 3]],
    ['nothing', ALL, [50, 50]],
  ])('has one budget for all archives: %s', async (_, most, counts) => {
    const files = Array.from({ length: 50 }, (_, i) => [`c/${10 + i}.png`, new Uint8Array(1 << 16)] as const)
    const archive = gzipSync(tarOf(Object.fromEntries(files)))
    await using folder = await createInputFolder({ 'a.tar.gz': archive, 'b.tar.gz': archive })
    const stored = ['a', 'b'].map((name) => ({ path: join(folder.root, `${name}.tar.gz`) }))
    const found = (await new TarPlaces(most).of(stored)).map((places) => places.length)
    expect(found).toEqual(counts)
  })

  test('is looked up once for each archive', async () => {
    const archive = tarOf({ 'c/1.png': new Uint8Array(9), 'd/2.png': new Uint8Array(9) })
    await using folder = await createInputFolder({ 'a.tar': archive, 'b.tar': archive })
    const [a, b] = [{ path: join(folder.root, 'a.tar') }, { path: join(folder.root, 'b.tar') }]
    const archives = new TarPlaces()
    expect(await archives.of([a])).toEqual([['c/1', 'd/2']])
    await rm(a.path)
    expect(await archives.of([b, a])).toEqual([
      ['c/1', 'd/2'],
      ['c/1', 'd/2'],
    ])
  })
})
