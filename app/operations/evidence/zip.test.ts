import { crc32, inflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { zip, type ZipEntry } from './zip.ts'

/** What the directory at the end of an archive leads to. */
function entriesOf(archive: Buffer): [string, string][] {
  const end = archive.length - 22
  expect(archive.readUInt32LE(end)).toBe(0x0605_4b50)
  let at = archive.readUInt32LE(end + 16)
  return Array.from({ length: archive.readUInt16LE(end + 10) }, () => {
    expect(archive.readUInt32LE(at)).toBe(0x0201_4b50)
    const [crc, packed, length] = [16, 20, 24].map((offset) => archive.readUInt32LE(at + offset))
    const nameLength = archive.readUInt16LE(at + 28)
    const name = archive.toString('ascii', at + 46, at + 46 + nameLength)
    const head = archive.readUInt32LE(at + 42)
    expect(archive.toString('ascii', head + 30, head + 30 + nameLength)).toBe(name)
    const from = head + 30 + nameLength
    const content = inflateRawSync(archive.subarray(from, from + (packed ?? 0)))
    expect([content.length, crc32(content)]).toEqual([length, crc])
    at += 46 + nameLength
    return [name, content.toString()]
  })
}

async function archived(entries: readonly ZipEntry[]): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of zip(entries)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

test('holds each entry as it was given, in their order', async () => {
  const parts = Array.from({ length: 2000 }, (_, i) => `${i} ${'“ä”'.repeat(50)}\n`)
  const found = entriesOf(
    await archived([
      { name: 'a/b.txt', content: ['first ', Buffer.from('and second')] },
      { name: 'empty', content: [] },
      { name: 'long.txt', content: ReadableStream.from(parts) },
    ]),
  )
  expect(found).toEqual([
    ['a/b.txt', 'first and second'],
    ['empty', ''],
    ['long.txt', parts.join('')],
  ])
  expect(entriesOf(await archived([]))).toEqual([])
})

test('ends with the error of what it was given', async () => {
  async function* broken() {
    yield 'some'
    throw new Error('the store is away')
  }
  await expect(archived([{ name: 'a', content: broken() }])).rejects.toThrow('the store is away')
})
