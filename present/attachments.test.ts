import { expect, test } from 'vitest'
import type { FeatureSpec } from '#core/contract.ts'
import { Tensor } from '#core/tensor.ts'
import type { Fields } from '#core/value.ts'
import { attachmentsOf } from './attachments.ts'

const TEXT: FeatureSpec = { kind: 'text', field: 'text' }
const provenance = { source: 's', partition: 'p', position: '0' }
const bytes = (...of: (number | string)[]) => {
  const data = Uint8Array.from(
    of.flatMap((part) => (typeof part === 'number' ? part : [...Buffer.from(part, 'latin1')])),
  )
  return new Tensor('u8', [data.length], data)
}
const found = (fields: Fields, features: FeatureSpec = TEXT) =>
  attachmentsOf({ id: 'a', fields, provenance }, features).map(({ path, bytes, sound }) => [path, bytes.length, sound])

test('bytes of a record are found wherever they lie, and known by how they begin', () => {
  expect(
    found({
      text: 'hello',
      audio: { bytes: bytes('RIFF', 0, 0, 0, 0, 'WAVEfmt '), path: 'a.html' },
      more: [bytes('OggS', 1), bytes('fLaC'), { tagged: bytes('ID3', 4), bare: bytes(0xff, 0xfb, 0x90) }],
    }),
  ).toEqual([
    ['audio.bytes', 16, 'wav'],
    ['more.0', 5, 'ogg'],
    ['more.1', 4, 'flac'],
    ['more.2.tagged', 4, 'mp3'],
    ['more.2.bare', 3, 'mp3'],
  ])
})

test('what a browser would take for a page is unknown bytes, as is what says that it is a recording and is none', () => {
  expect(found({ 'sound.wav': bytes('<html><script>'), pdf: bytes('%PDF-1.7'), other: bytes('RIFF0000AVI ') })).toEqual(
    [
      ['sound.wav', 14, null],
      ['pdf', 8, null],
      ['other', 12, null],
    ],
  )
})

test('an image is no attachment, nor is a matrix, nothing, or what lies too deep', () => {
  const image: FeatureSpec = { kind: 'image', field: 'x', shape: [1, 3] }
  expect(found({ x: bytes('abc'), matrix: new Tensor('u8', [1, 3], new Uint8Array(3)), none: bytes() }, image)).toEqual(
    [],
  )
  expect(found({ a: { b: { c: { d: { e: bytes('deep') } } } } })).toEqual([])
  expect(found(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, bytes('x')])))).toHaveLength(8)
})
