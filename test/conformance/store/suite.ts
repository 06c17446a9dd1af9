import { describe, expect, it } from 'vitest'
import { isAppError, type ErrorCode } from '#core/errors.ts'
import type { Store } from '#services/encrypt/store.ts'

export interface StoreSuite {
  /** Opens an empty store; called once for each test. */
  readonly open: () => Promise<Store>
  /** Another handle on the store that `open` returned last, as another process would have it. */
  readonly again: (store: Store) => Promise<Store>
  /**
   * The reason for skipping the tests of simultaneous writes: an emulator that compares and then writes shows its own races, not
   * the adapter's.
   */
  readonly notAtOnce?: string
}

/** The tests that every object store must pass. */
export function describeStore(name: string, { open, again, notAtOnce }: StoreSuite): void {
  const atOnce = notAtOnce === undefined ? it : it.skip
  const why = notAtOnce === undefined ? '' : ` (skipped: ${notAtOnce})`
  describe(`store: ${name}`, () => {
    it('reads back the bytes that were created, under the version that creating gave', async () => {
      const store = await open()
      const version = await store.create('clean/mnist/w1', bytes('one'))
      expect(await contents(store, 'clean/mnist/w1')).toEqual(bytes('one'))
      expect((await store.read('clean/mnist/w1')).version).toBe(version)
      expect(await store.exists('clean/mnist/w1')).toBe(true)
    })

    it('holds empty objects and objects of many megabytes', async () => {
      const store = await open()
      const large = numbered(20 * 1024 * 1024 + 3)
      await store.create('a/empty', bytes(''))
      await store.create('a/large', large)
      expect(await contents(store, 'a/empty')).toHaveLength(0)
      expect(Buffer.compare(await contents(store, 'a/large'), large)).toBe(0)
    })

    it('never replaces what exists when it creates', async () => {
      const store = await open()
      await store.create('a/b', bytes('first'))
      await failsWith('conflict', store.create('a/b', bytes('second')))
      await failsWith('conflict', store.create('a/b', bytes('first')))
      expect(await contents(store, 'a/b')).toEqual(bytes('first'))
    })

    atOnce(`lets exactly one of many concurrent creations win${why}`, async () => {
      const store = await open()
      const other = await again(store)
      const attempts = Array.from({ length: 16 }, (_, i) =>
        (i % 2 === 0 ? store : other).create('race/one', bytes(`writer ${i}`)).then(
          () => i,
          (error: unknown) => {
            if (isAppError(error, 'conflict')) return -1
            throw error
          },
        ),
      )
      const winners = (await Promise.all(attempts)).filter((winner) => winner >= 0)
      expect(winners).toHaveLength(1)
      expect(await contents(store, 'race/one')).toEqual(bytes(`writer ${winners[0]}`))
    })

    it('replaces only the version that is expected', async () => {
      const store = await open()
      const first = await store.create('k', bytes('1'))
      const second = await store.replace('k', bytes('2'), first)
      await failsWith('conflict', store.replace('k', bytes('3'), first))
      expect(await contents(store, 'k')).toEqual(bytes('2'))
      expect((await store.read('k')).version).toBe(second)
    })

    it('does not replace what is not there', async () => {
      const store = await open()
      const version = await store.create('k', bytes('1'))
      await store.delete('k')
      await failsWith('not_found', store.replace('k', bytes('2'), version))
      expect(await store.exists('k')).toBe(false)
    })

    atOnce(`loses no update when many swap at once${why}`, async () => {
      const store = await open()
      const other = await again(store)
      await store.create('counter', bytes('0'))
      const increment = async (handle: Store): Promise<void> => {
        for (;;) {
          const { bytes: held, version } = await handle.read('counter')
          const next = bytes(String(Number(Buffer.from(held).toString()) + 1))
          try {
            await handle.replace('counter', next, version)
            return
          } catch (error) {
            if (!isAppError(error, 'conflict')) throw error
          }
        }
      }
      await Promise.all(Array.from({ length: 12 }, (_, i) => increment(i % 2 === 0 ? store : other)))
      expect(await contents(store, 'counter')).toEqual(bytes('12'))
    })

    it('says not_found for what is not there, a prefix of a path included', async () => {
      const store = await open()
      await store.create('a/b/c', bytes('x'))
      await failsWith('not_found', store.read('nothing'))
      await failsWith('not_found', store.read('a/b'))
      await failsWith('not_found', store.read('a/b/c/d'))
      expect(await store.exists('a/b')).toBe(false)
      expect(await store.exists('a/b/c/d')).toBe(false)
    })

    it('deletes, and is silent about what is gone already', async () => {
      const store = await open()
      await store.create('a/b', bytes('x'))
      await store.delete('a/b')
      await store.delete('a/b')
      await store.delete('never/was')
      expect(await store.exists('a/b')).toBe(false)
      await store.create('a/b', bytes('again'))
      expect(await contents(store, 'a/b')).toEqual(bytes('again'))
    })

    it('lists the paths under a prefix in code-unit order', async () => {
      const store = await open()
      const paths = ['a/b/c', 'a/b-c', 'a/b', 'a=1', 'a/B', 'a.x/y', 'b', 'a/b0']
        .filter((path) => path !== 'a/b') // a path cannot also be a prefix of another path
        .concat(Array.from({ length: 30 }, (_, i) => `m/${String(i).padStart(8, '0')}.json`))
      for (const path of paths.toReversed()) await store.create(path, bytes(path))
      const sorted = paths.toSorted()
      for (const prefix of ['', 'a', 'a/', 'a/b', 'm/0000001', 'none/', 'a/b/']) {
        expect(await collect(store.list(prefix))).toEqual(sorted.filter((path) => path.startsWith(prefix)))
      }
    })

    it.each(['', '/', '/a', 'a/', 'a//b', '.', '..', 'a/../b', '../a', '.hidden', 'a/.b', 'a b', 'ä', 'a\\b', 'a\0'])(
      'refuses the path %j',
      async (path) => {
        const store = await open()
        await failsWith('invalid', store.create(path, bytes('x')))
        await failsWith('invalid', store.read(path))
        await failsWith('invalid', store.exists(path))
        await failsWith('invalid', store.delete(path))
        await failsWith('invalid', store.replace(path, bytes('x'), 'v'))
      },
    )

    it('refuses a prefix that leaves the store', async () => {
      const store = await open()
      await failsWith('invalid', collect(store.list('../')))
      await failsWith('invalid', collect(store.list('a/../../')))
    })

    it('keeps what it holds apart from the buffers of its callers', async () => {
      const store = await open()
      const given = bytes('given')
      await store.create('a', given)
      given.fill(0)
      const { bytes: read } = await store.read('a')
      expect(Buffer.from(read)).toEqual(bytes('given'))
      read.fill(0)
      expect(await contents(store, 'a')).toEqual(bytes('given'))
    })

    it('shows what one handle writes to another', async () => {
      const store = await open()
      const other = await again(store)
      const version = await store.create('x/y', bytes('1'))
      expect(await contents(other, 'x/y')).toEqual(bytes('1'))
      expect((await other.read('x/y')).version).toBe(version)
      await other.replace('x/y', bytes('2'), version)
      expect(await contents(store, 'x/y')).toEqual(bytes('2'))
    })
  })
}

export async function failsWith(code: ErrorCode, action: Promise<unknown>): Promise<void> {
  const error = await action.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error, `expected ${code}`).toMatchObject({ name: 'AppError', code })
}

async function contents(store: Store, path: string): Promise<Buffer> {
  return Buffer.from((await store.read(path)).bytes)
}

async function collect(paths: AsyncIterable<string>): Promise<string[]> {
  const list: string[] = []
  for await (const path of paths) list.push(path)
  return list
}

/** Bytes that depend on their place, so that swapped parts are detected. */
function numbered(length: number): Buffer {
  const words = Uint32Array.from({ length: Math.ceil(length / 4) }, (_, i) => i)
  return Buffer.from(words.buffer, 0, length)
}

function bytes(text: string): Buffer {
  return Buffer.from(text, 'utf8')
}
