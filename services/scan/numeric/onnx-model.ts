/**
 * Just enough of the ONNX protobuf encoding (onnx.proto, IR version 8, operator set 13) to write a graph of one Gemm
 * node, y = op(a) · op(b), with every dimension left open: a general matrix product on onnxruntime.
 */
export function gemmModel(transposeA: boolean, transposeB: boolean): Uint8Array {
  const node = [
    ...text(1, 'a'),
    ...text(1, 'b'),
    ...text(2, 'y'),
    ...text(4, 'Gemm'),
    ...message(5, intAttribute('transA', Number(transposeA))),
    ...message(5, intAttribute('transB', Number(transposeB))),
  ]
  const graph = [
    ...message(1, node),
    ...text(2, 'product'),
    ...message(11, floatMatrix('a', ['a_rows', 'a_cols'])),
    ...message(11, floatMatrix('b', ['b_rows', 'b_cols'])),
    ...message(12, floatMatrix('y', ['y_rows', 'y_cols'])),
  ]
  const operatorSet = [...text(1, ''), ...integer(2, 13)]
  return Uint8Array.from([...integer(1, 8), ...message(7, graph), ...message(8, operatorSet)])
}

const FLOAT = 1
const INT_ATTRIBUTE = 2

/** AttributeProto: name, i, type. */
function intAttribute(name: string, value: number): number[] {
  return [...text(1, name), ...integer(3, value), ...integer(20, INT_ATTRIBUTE)]
}

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
