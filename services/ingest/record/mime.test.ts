import { fc, test as property } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { parseEmail } from './mime.ts'

const parse = (text: string) => parseEmail(Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1'))
const textOf = (text: string) => parse(text)?.['text']

describe('parsing an e-mail', () => {
  test('keeps subject, sender and date, and puts the subject before the body', () => {
    expect(parse('From: a@b.c\nSubject: Hello\n  there\nDate: Mon, 1 Jan 2024\n\nBody\nline 2\n')).toEqual({
      from: 'a@b.c',
      subject: 'Hello there',
      date: 'Mon, 1 Jan 2024',
      text: 'Hello there\n\nBody\nline 2',
    })
  })

  test('undoes quoted-printable, base64 and character sets', () => {
    const body = (encoding: string, charset: string, text: string) =>
      textOf(`Content-Type: text/plain; charset="${charset}"\nContent-Transfer-Encoding: ${encoding}\n\n${text}`)
    expect(body('quoted-printable', 'utf-8', 'caf=C3=A9 =\nau lait')).toBe('café au lait')
    expect(body('base64', 'utf-8', Buffer.from('naïve').toString('base64'))).toBe('naïve')
    expect(body('8bit', 'iso-8859-1', 'caf\u00e9')).toBe('café')
    expect(body('7bit', 'no-such-charset', 'plain')).toBe('plain')
    expect(body('8bit', 'utf-8', 'caf\u00e9')).toBe('café') // said to be UTF-8, and is not
  })

  test('decodes words in a header', () => {
    const subject = (value: string) => parse(`Subject: ${value}\n\n`)?.['subject']
    expect(subject('=?utf-8?B?Y2Fmw6k=?=')).toBe('café')
    expect(subject('=?iso-8859-1?Q?caf=E9_noir?= =?utf-8?q?_!?=')).toBe('café noir !')
    expect(subject('=?broken')).toBe('=?broken')
  })

  const multipart = (type: string, parts: string[]) =>
    `Subject: s\nContent-Type: multipart/${type}; boundary="b"\n\npreamble\n${parts.map((part) => `--b\n${part}\n`).join('')}--b--\nepilogue`

  test('takes every text part and no attachment', () => {
    const parts = [
      'Content-Type: text/plain\n\none',
      'Content-Type: image/png\nContent-Transfer-Encoding: base64\n\nAAAA',
      'Content-Type: text/plain\nContent-Disposition: attachment\n\nhidden',
      '\ntwo',
    ]
    expect(textOf(multipart('mixed', parts))).toBe('s\n\none\n\ntwo')
  })

  test('takes the plain one of alternatives', () => {
    const parts = ['Content-Type: text/plain\n\nplain', 'Content-Type: text/html\n\n<p>html</p>']
    expect(textOf(multipart('alternative', parts))).toBe('s\n\nplain')
  })

  test('keeps of HTML what is seen', () => {
    const html = '<style>p{}</style><p>Buy <b>now</b> &amp; save&#33;</p><!-- not seen --><script>x()</script>1 < 2'
    expect(textOf(`Content-Type: text/html\n\n${html}`)).toBe('Buy now & save!\n1 < 2')
  })

  test('is null without a header', () => {
    expect(parse('')).toBeNull()
    expect(parse('just some text\n\nmore')).toBeNull()
  })

  test.each([
    ['unclosed tags', '<'.repeat(300_000)],
    ['scripts that never end', '<script>'.repeat(40_000)],
    ['comments that never end', '<!--'.repeat(80_000)],
    ['white space', ' '.repeat(300_000)],
    ['soft line breaks', '=  '.repeat(100_000)],
    ['encoded words', '=?a?q?'.repeat(50_000)],
  ])('takes time in proportion to the size of %s', (_name, text) => {
    const header = `Subject: ${text}\nContent-Transfer-Encoding: quoted-printable\nContent-Type: text/html\n\n`
    expect(parse(header + text)).not.toBeNull()
  })

  // each of these took minutes, or a gigabyte, when it was taken apart by patterns
  test.each([
    ['one parameter', `Content-Type: text/plain; a=${' '.repeat(16_000)}"x\n\nbody`],
    ['parameters', `Content-Type: text/plain; ${`a=${' '.repeat(1000)}"x;`.repeat(1500)}\n\nbody`],
    ['parameters without a value', `Content-Type: text/plain${';'.repeat(1_500_000)}\n\nbody`],
    ['header lines', `${'a: b\n'.repeat(300_000)}\nbody`],
    ['folded lines', `Subject: a\n${' b\n'.repeat(400_000)}\nbody`],
    ['empty parts', `Content-Type: multipart/mixed; boundary=b\n\n${'--b\n'.repeat(2_000_000)}`],
    ['lines that are nearly boundaries', `Content-Type: multipart/mixed; boundary=b\n\n${'--bb\n'.repeat(300_000)}`],
    [
      'parts with parameters',
      `Content-Type: multipart/mixed; boundary=b\n\n${`--b\nContent-Type: text/plain; ${`a=${' '.repeat(1000)}"x;`.repeat(15)}\n\nx\n`.repeat(100)}`,
    ],
  ])('takes time and memory in proportion to the size of many %s', (_name, text) => {
    expect(parse(text)).not.toBeNull()
  })

  test('stops at the hundredth part', () => {
    const parts = Array.from({ length: 150 }, (_, i) => `\npart ${i}`)
    const taken = parts.slice(0, 99).map((part) => part.trim()) // the whole is one as well
    expect(textOf(multipart('mixed', parts))).toBe(['s', ...taken].join('\n\n'))
  })

  test('keeps what is quoted in a parameter together', () => {
    const header = (type: string) => `Content-Type: ${type}\n\n--a;b\n\none\n--a;b--\n`
    expect(textOf(header('multipart/mixed; x; charset = utf-8 ; boundary = "a;b"'))).toBe('one')
    expect(textOf(header('multipart/mixed; boundary="a;b'))).toBe('one')
  })

  test('finds tags behind letters that become longer when they are small', () => {
    expect(textOf(`Content-Type: text/html; charset=utf-8\n\n${'Ä°'.repeat(20)}<script>hidden</script>seen`)).toBe(
      `${'\u0130'.repeat(20)} seen`,
    )
  })

  test('gives up on parts within parts', () => {
    let message = 'Content-Type: text/plain\n\ninnermost'
    for (let i = 0; i < 50; i++) message = `Content-Type: message/rfc822\n\n${message}`
    expect(textOf(message)).toBe('')
  })

  property.prop([fc.string({ unit: 'binary', maxLength: 400 })])('never throws', (text) => {
    expect(() => parse(`Content-Type: multipart/mixed; boundary=b\n\n--b\n${text}`)).not.toThrow()
    expect(() => parse(text)).not.toThrow()
  })
})
