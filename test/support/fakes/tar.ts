/** A tar archive (POSIX ustar) of these files, by their paths, in this order. */
export function tarOf(files: Readonly<Record<string, string | Uint8Array>>, type = '0'): Uint8Array {
  const blocks = Object.entries(files).flatMap(([path, content]) => {
    const bytes = Buffer.from(content)
    return path.length > 100
      ? [
          header('././@LongLink', path.length + 1, 'L'),
          padded(Buffer.from(`${path}\0`)),
          header('cut', bytes.length, type),
          padded(bytes),
        ]
      : [header(path, bytes.length, type), padded(bytes)]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

function header(path: string, size: number, type: string): Buffer {
  const block = Buffer.alloc(512)
  block.write(path, 0)
  block.write('0000644\0', 100)
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  block.write('        ', 148)
  block.write(type, 156)
  block.write('ustar\0', 257)
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  )
  return block
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)])
}
