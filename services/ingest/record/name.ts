const MAX_LENGTH = 512

/** Whether text can be a name in the catalog: people read it, and databases store it. */
export function isName(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- what no line of a list can show
  return text !== '' && text.length <= MAX_LENGTH && !/[\u0000-\u001f\u007f]/.test(text)
}
