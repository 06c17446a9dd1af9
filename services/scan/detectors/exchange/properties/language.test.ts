import { describe, expect, it } from 'vitest'
import { languageOf, namesLanguage } from './language.ts'

describe('the language of a text', () => {
  it.each([
    ['English', 'The list of the files that it is to read is in the order of their names.'],
    ['Spanish', 'La lista de los archivos que se leen en el orden de sus nombres.'],
    ['French', 'La liste des fichiers qui sont lus dans l’ordre de leurs noms par le système.'],
    ['German', 'Die Liste der Dateien, die in der Reihenfolge ihrer Namen gelesen werden, ist nicht leer.'],
    ['Cyrillic', 'Список файлов, которые читаются по порядку.'],
    ['Han', '按名称顺序读取的文件列表。'],
  ])('is told by its words of grammar, or its script: %s', (language, text) => {
    expect(languageOf(text)).toBe(language)
  })

  it.each([
    '',
    'nne ya na nna ya na nwa ya',
    'const total = rows.map(toSum)',
    'PATH HOME SHELL',
    'sudo apt install gcc',
  ])('is not told of what has none: “%s”', (text) => {
    expect(languageOf(text)).toBeNull()
  })

  it('is named by who asks for it', () => {
    expect(namesLanguage('Di eso en español', 'Spanish')).toBe(true)
    expect(namesLanguage('Say it in French', 'Spanish')).toBe(false)
    expect(namesLanguage('Say it in Russian', 'Cyrillic')).toBe(true)
    expect(namesLanguage('Say it in Russian', 'Han')).toBe(false)
    expect(namesLanguage('日本語で言って', 'Hiragana')).toBe(true)
  })
})
