import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EXIT } from '../exit.ts'
import { fromInput } from './input-file.ts'

test('a file that is not there, or is none, is named with what is expected', async () => {
  const gone = join(tmpdir(), 'credence-nowhere', 'key.pem')
  await expect(fromInput(gone, 'a public key')).rejects.toMatchObject({
    exitCode: EXIT.failure,
    message: `there is no ${gone}: expected a public key there`,
  })
  await expect(fromInput(tmpdir(), 'a public key')).rejects.toMatchObject({ exitCode: EXIT.failure })
  expect(await fromInput(import.meta.filename, 'a test')).toContain('fromInput')
})
