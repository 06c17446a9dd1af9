import { expect, test } from 'vitest'
import { HEAD_BYTES } from './format.ts'
import { jsonlReader } from './jsonl.ts'

test.each(['ascii', 'ਊ'])(
  'a long first line of JSON in UTF-16, by the name of a table, with the letters of %s',
  (letters) => {
    const line = Buffer.from(`\ufeff{"text": "${letters.repeat(HEAD_BYTES)}`, 'utf16le').subarray(0, HEAD_BYTES)
    expect(jsonlReader.recognises('a.csv', line)).toBe(true)
    expect(jsonlReader.recognises('a.csv', Buffer.from(`text,${'x'.repeat(HEAD_BYTES)}`))).toBe(false)
  },
)
