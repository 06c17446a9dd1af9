import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import { EXIT } from '../exit.ts'
import { toOutput } from './output-file.ts'

test('a file that cannot be written is named with what to do; other errors are as they were', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'credence-output-'))
  try {
    const path = join(folder, 'nowhere', 'found.jsonl')
    await expect(toOutput(path, () => writeFile(path, 'x'))).rejects.toMatchObject({
      exitCode: EXIT.failure,
      message: `${path} cannot be written: the folder above it is not there: make it`,
    })
    const damaged = new AppError('corrupt', 'damaged')
    await expect(toOutput(path, () => Promise.reject(damaged))).rejects.toBe(damaged)
    await toOutput(join(folder, 'a'), () => writeFile(join(folder, 'a'), 'x'))
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('x')
  } finally {
    await rm(folder, { recursive: true })
  }
})
