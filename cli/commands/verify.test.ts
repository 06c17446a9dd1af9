import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EXIT } from '../exit.ts'
import { auditCommand } from './audit.ts'
import { verifyCommand } from './verify.ts'

test('a copy that is not where it was said to be is a failure, and nothing is made there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'credence-verify-'))
  try {
    const [key, gone] = [join(folder, 'key.pem'), join(folder, 'gone')]
    await writeFile(key, 'a key')
    await expect(verifyCommand().parseAsync(['--store', gone, '--key', key], { from: 'user' })).rejects.toMatchObject({
      exitCode: EXIT.failure,
      message: expect.stringContaining(`there is no signed chain in ${gone}`),
    })
    expect(existsSync(gone)).toBe(false)
    const verifying = auditCommand().parseAsync(['verify', '--file', gone, '--key', key], { from: 'user' })
    await expect(verifying).rejects.toMatchObject({
      exitCode: EXIT.failure,
      message: expect.stringContaining(`cannot read ${gone}`),
    })
  } finally {
    await rm(folder, { recursive: true })
  }
})
