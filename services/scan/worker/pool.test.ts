import { describe, expect, test } from 'vitest'
import { createScanPool } from './pool.ts'
import type { ScoreTask } from '../score-window.ts'

const filename = new URL('../../../test/support/fakes/stubborn-worker.js', import.meta.url).href
const task = (window: string) => ({ window }) as unknown as ScoreTask

describe('a pool of scanning threads', () => {
  test('has a window held that takes all memory, and goes on', async () => {
    await using pool = createScanPool(1, { filename, heapMiB: 32 })
    expect(await pool.score(task('memory'))).toEqual({ held: 'the scan took more memory than there is' })
    expect(await pool.score(task('usual'))).toEqual({ held: null })
  })

  test('has a window held that takes longer than it may, and goes on', async () => {
    await using pool = createScanPool(1, { filename, deadlineMs: 2000 })
    expect(await pool.score(task('time'))).toEqual({ held: 'the scan took longer than 2 s' })
    expect(await pool.score(task('usual'))).toEqual({ held: null })
  })

  test('gives a window that waited for a thread all of its time', async () => {
    await using pool = createScanPool(1, { filename, deadlineMs: 2000 })
    const [late, waiting] = await Promise.all([pool.score(task('time')), pool.score(task('usual'))])
    expect(late).toEqual({ held: 'the scan took longer than 2 s' })
    expect(waiting).toEqual({ held: null })
  })

  test('says that it is closing, which is no fault of the window', async () => {
    const pool = createScanPool(1, { filename, deadlineMs: 60_000 })
    const scores = Promise.allSettled([pool.score(task('usual')), pool.score(task('usual'))])
    await pool[Symbol.asyncDispose]()
    for (const end of await scores) {
      if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'unavailable', reason: 'stopped' })
      else expect(end.value).toEqual({ held: null })
    }
    await expect(pool.score(task('usual'))).rejects.toMatchObject({ code: 'unavailable', reason: 'stopped' })
  })
})
