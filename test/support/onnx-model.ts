/** Just enough of the ONNX protobuf encoding (onnx.proto, IR version 8, operator set 13) to write a small graph. */

const FLOAT = 1
/** ValueInfoProto: a float tensor with named, open dimensions. */
export function floatMatrix(name: string, dimensions: readonly string[]): number[] {
  const shape = dimensions.flatMap((dimension) => message(1, text(2, dimension)))
  const tensorType = [...integer(1, FLOAT), ...message(2, shape)]
  return [...text(1, name), ...message(2, message(1, tensorType))]
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128)
  bytes.push(rest)
  return bytes
}

export const integer = (field: number, value: number) => [...varint(field << 3), ...varint(value)]
export const message = (field: number, body: readonly number[]) => [
  ...varint((field << 3) | 2),
  ...varint(body.length),
  ...body,
]
export const text = (field: number, value: string) => message(field, [...new TextEncoder().encode(value)])
