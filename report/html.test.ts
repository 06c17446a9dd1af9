import { fc, test } from '#test/support/property.ts'
import { describe, expect, it } from 'vitest'
import { html, multiline, scriptJson } from './html.ts'

describe('markup', () => {
  it('escapes what is put into it, in text and in attributes', () => {
    expect(html`<p title="${'"><script>'}">${"a < b & 'c'"}</p>`.text).toBe(
      '<p title="&quot;&gt;&lt;script&gt;">a &lt; b &amp; &#39;c&#39;</p>',
    )
  })

  it('takes markup, lists and numbers as they are, and nothing for what is not there', () => {
    expect(html`${html`<b>x</b>`}${[1, null, false, undefined, '<']}`.text).toBe('<b>x</b>1&lt;')
  })

  it('keeps the lines of a text and spells out what is invisible', () => {
    expect(multiline('one\ntwo\u202E<').text).toBe('one\ntwo⟨U+202E⟩&lt;')
  })

  test.prop([fc.string({ unit: 'binary' })])('lets no string open or close anything', (text) => {
    expect(html`${text}`.text).not.toMatch(/[<>"']/)
  })
})

describe('data in a script element', () => {
  test.prop([fc.jsonValue()])(
    'reads back the same, and holds nothing that HTML or an old script would act on',
    (value) => {
      const { text } = scriptJson(value)
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      expect(text).not.toMatch(/[<>&\u2028\u2029]/)
    },
  )

  it('cannot be ended from within', () => {
    expect(scriptJson('</script><!--\u2028').text).toBe(String.raw`"\u003c/script\u003e\u003c!--\u2028"`)
  })
})
