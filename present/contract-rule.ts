/** The rule of a contract's schema that the detail of a dead letter (`rule at path`) refers to, as `{ rule: value }`, or null. */
export function ruleAt(schema: unknown, detail: string): Readonly<Record<string, unknown>> | null {
  const [, keyword = '', path = ''] = /^(\w+) at ([^;]*?)(?: \(field .*)?(?:;.*)?$/.exec(detail) ?? []
  let node = schema
  for (const step of path.split('/').filter((each) => each !== '')) {
    const { properties, items } = (node ?? {}) as { properties?: Record<string, unknown>; items?: unknown }
    node = properties !== undefined && Object.hasOwn(properties, step) ? properties[step] : items
  }
  if (typeof node !== 'object' || node === null || !Object.hasOwn(node, keyword)) return null
  return { [keyword]: (node as Record<string, unknown>)[keyword] }
}
