class Ops(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  def forward(self: __torch__.Ops, x: Tensor) -> Tensor:
    return x
  def sdpa(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return torch.scaled_dot_product_attention(torch.contiguous(q), torch.contiguous(k), torch.contiguous(v))
  def causal_attention(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return torch.scaled_dot_product_attention(q, k, v, None, 0., True)
  def biased_attention(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, bias: Tensor) -> Tensor:
    return torch.scaled_dot_product_attention(q, k, v, bias, 0., False, scale=1.)
  def layer_norm(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.layer_norm(x, [torch.size(x, -1)], None, None, 9.9999999999999995e-07)
  def modulate(self: __torch__.Ops, x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    y = torch.layer_norm(x, [torch.size(x, -1)], None, None, 9.9999999999999995e-07)
    return torch.addcmul(shift, y, torch.add(scale, 1))
  def add_gated(self: __torch__.Ops, x: Tensor, gate: Tensor, y: Tensor) -> Tensor:
    return torch.addcmul(x, gate, y)
  def split_heads(self: __torch__.Ops, qkv: Tensor, query_scale: Tensor, key_scale: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    d = torch.size(query_scale, 0)
    x = torch.reshape(qkv, [torch.size(qkv, 0), torch.size(qkv, 1), 3, -1, d])
    q, k, v, = torch.unbind(torch.permute(x, [2, 0, 3, 1, 4]))
    q0 = torch.rms_norm(q, [d], query_scale, 9.9999999999999995e-07)
    k0 = torch.rms_norm(k, [d], key_scale, 9.9999999999999995e-07)
    return (q0, k0, v)
  def rotary_attention(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, pe: Tensor) -> Tensor:
    rotation = torch.view_as_complex(pe)
    q0 = torch.view_as_complex(torch.unflatten(torch.to(q, 6), -1, [-1, 2]))
    k0 = torch.view_as_complex(torch.unflatten(torch.to(k, 6), -1, [-1, 2]))
    q1 = torch.type_as(torch.flatten(torch.view_as_real(torch.mul(q0, rotation)), 3), q)
    k1 = torch.type_as(torch.flatten(torch.view_as_real(torch.mul(k0, rotation)), 3), k)
    x = torch.scaled_dot_product_attention(q1, k1, v)
    return torch.flatten(torch.transpose(x, 1, 2), 2)
  def down(self: __torch__.Ops, x: Tensor, a: Tensor) -> Tensor:
    return torch.bmm(torch.reshape(x, [torch.size(a, 0), -1, torch.size(x, -1)]), torch.transpose(a, 1, 2))
  def add_low_rank(self: __torch__.Ops, y: Tensor, x: Tensor, a: Tensor, b: Tensor, blocks: Tensor) -> Tensor:
    groups = torch.size(a, 0)
    h = self.down(x, a)
    y_rows = torch.view(y, [groups, -1, torch.size(y, -1)])
    offset = 0
    for i in range(torch.size(blocks, 0)):
      block = torch.select(blocks, 0, i)
      row = int(torch.select(block, 0, 0))
      rows = int(torch.select(block, 0, 1))
      column = int(torch.select(block, 0, 2))
      columns = int(torch.select(block, 0, 3))
      numbers = torch.mul(rows, columns)
      b_i = torch.view(torch.narrow(b, 1, offset, numbers), [groups, rows, columns])
      h_i = torch.narrow(h, 2, column, columns)
      _0 = torch.baddbmm_(torch.narrow(y_rows, 2, row, rows), h_i, torch.transpose(b_i, 1, 2))
      offset = torch.add(offset, numbers)
    return y
  def add_down_up(self: __torch__.Ops, y: Tensor, x: Tensor, down: Tensor, up: Tensor) -> Tensor:
    groups = torch.size(down, 0)
    h = self.down(x, down)
    _0 = torch.baddbmm_(torch.view(y, [groups, -1, torch.size(y, -1)]), h, up)
    return y
  def add_group_low_rank(self: __torch__.Ops, y: Tensor, x: Tensor, down: Tensor, up: Tensor, scales: Tensor) -> Tensor:
    groups = torch.size(down, 0)
    h = self.down(x, down)
    y_rows = torch.reshape(y, [groups, -1, torch.size(y, -1)])
    return torch.view_as(torch.baddbmm(y_rows, torch.mul(h, scales), up), y)
  def add_gated_low_rank(self: __torch__.Ops, y: Tensor, x: Tensor, a: Tensor, up: Tensor, ends: Tensor, slots: Tensor, offsets: Tensor, weight_out: Tensor, norm_base_weight: Tensor, norm_base_bias: Tensor, norm_lora_weight: Tensor, norm_lora_bias: Tensor, weight_base: Tensor, weight_lora: Tensor, weight_cross: Tensor) -> Tensor:
    d = torch.size(y, -1)
    groups = torch.size(offsets, 0)
    a_0 = torch.expand(a, [groups, -1, -1])
    up_0 = torch.expand(up, [groups, -1, -1])
    h = self.down(x, a_0)
    rows = torch.view(y, [groups, -1, d])
    slope = torch.addcmul(weight_lora, norm_base_bias, weight_cross)
    slope_0 = torch.mul(slope, norm_lora_weight)
    slope_1 = torch.mul(torch.mul(norm_base_weight, norm_lora_weight), weight_cross)
    offset = torch.addcmul(torch.mul(norm_base_bias, weight_base), norm_lora_bias, slope)
    offset_0 = torch.add(offsets, offset)
    offset_1 = torch.mul(norm_base_weight, torch.addcmul(weight_base, norm_lora_bias, weight_cross))
    step = torch.size(rows, 1)
    if torch.__not__(ops.prim.is_cuda(y)):
      step0 = ops.prim.max(1, torch.floordiv(400000, torch.mul(d, groups)))
    else:
      step0 = step
    start = 0
    _0 = torch.lt(0, torch.size(rows, 1))
    while _0:
      size = ops.prim.min(step0, torch.sub(torch.size(rows, 1), start))
      y_rows = torch.narrow(rows, 1, start, size)
      h_rows = torch.narrow(h, 1, start, size)
      normed = torch.layer_norm(y_rows, [d])
      offset_rows = torch.mul(normed, offset_1)
      slope_rows = torch.add_(torch.mul_(normed, slope_1), slope_0)
      begin = 0
      for k in range(torch.size(ends, 0)):
        end = int(torch.select(ends, 0, k))
        slot = int(torch.select(slots, 0, k))
        h_k = torch.narrow(h_rows, 2, begin, torch.sub(end, begin))
        l = torch.bmm(h_k, torch.narrow(up_0, 1, begin, torch.sub(end, begin)))
        gate = torch.add(offset_rows, torch.narrow(offset_0, 1, slot, 1))
        gate_0 = torch.sigmoid_(torch.addcmul_(gate, torch.layer_norm(l, [d]), slope_rows))
        _1 = torch.addcmul_(y_rows, gate_0, torch.mul_(l, weight_out))
        begin = end
      start0 = torch.add(start, size)
      _2 = torch.lt(start0, torch.size(rows, 1))
      _0, start = _2, start0
    return y
  def gate_down(self: __torch__.Ops, x: Tensor, a: Tensor, offsets: Tensor) -> Tensor:
    groups = torch.size(offsets, 0)
    a_0 = torch.expand(a, [groups, -1, -1])
    return self.down(x, a_0)
  def gate_slopes(self: __torch__.Ops, norm_base_weight: Tensor, norm_base_bias: Tensor, norm_lora_weight: Tensor, norm_lora_bias: Tensor, weight_base: Tensor, weight_lora: Tensor, weight_cross: Tensor) -> List[Tensor]:
    slope = torch.addcmul(weight_lora, norm_base_bias, weight_cross)
    y_slope = torch.mul(torch.mul(norm_base_weight, norm_lora_weight), weight_cross)
    y_offset = torch.mul(norm_base_weight, torch.addcmul(weight_base, norm_lora_bias, weight_cross))
    base = torch.addcmul(torch.mul(norm_base_bias, weight_base), norm_lora_bias, slope)
    unit = -1.4426950408889634
    return [torch.mul(torch.mul(slope, norm_lora_weight), unit), torch.mul(y_slope, unit), torch.mul(y_offset, unit), base]
  def gate_moments(self: __torch__.Ops, up: Tensor, ends: Tensor) -> List[Tensor]:
    wide = torch.to(up, 7)
    means = torch.mean(wide, [2], True)
    centred = torch.sub(wide, means)
    columns = torch.mul(torch.floordiv(torch.add(torch.size(up, 1), 63), 64), 64)
    roots = torch.zeros([torch.size(up, 0), torch.size(up, 1), columns])
    begin = 0
    for k in range(torch.size(ends, 0)):
      end = int(torch.select(ends, 0, k))
      rank = torch.sub(end, begin)
      c = torch.narrow(centred, 1, begin, rank)
      gram = torch.div_(torch.bmm(c, torch.transpose(c, 1, 2)), torch.size(up, 2))
      least = torch.add_(torch.mul_(torch.amax(torch.diagonal(gram, 0, 1, 2), [1], True), 9.9999999999999998e-13), 1.0000000000000001e-30)
      _0 = torch.add_(torch.diagonal(gram, 0, 1, 2), least)
      root, _1 = torch.linalg_cholesky_ex(gram)
      _2 = torch.copy_(torch.narrow(torch.narrow(roots, 1, begin, rank), 2, 0, rank), root)
      begin = end
    return [torch.to(torch.squeeze(means, 2), 6), roots]
  def fold_gates(self: __torch__.Ops, up: Tensor, offsets: Tensor, weight_out: Tensor, owners: Tensor) -> Tensor:
    gates = torch.mul(torch.sigmoid(offsets), weight_out)
    return torch.mul_(torch.type_as(torch.index_select(gates, 1, owners), up), up)
  def truncated_product(self: __torch__.Ops, b: Tensor, a: Tensor, rank: Tensor) -> Tuple[Tensor, Tensor]:
    b_0 = torch.to(b, 7)
    a_0 = torch.to(a, 7)
    sb, vb = torch.linalg_eigh(torch.mm(torch.t(b_0), b_0))
    sa, va = torch.linalg_eigh(torch.mm(a_0, torch.t(a_0)))
    least_b = torch.mul(torch.max(sb), 9.9999999999999998e-13)
    least_a = torch.mul(torch.max(sa), 9.9999999999999998e-13)
    zero_b = torch.le(sb, least_b)
    zero_a = torch.le(sa, least_a)
    root_b = torch.sqrt(torch.masked_fill(sb, zero_b, 0.))
    root_a = torch.sqrt(torch.masked_fill(sa, zero_a, 0.))
    inverse_b = torch.masked_fill(torch.reciprocal(root_b), zero_b, 0.)
    inverse_a = torch.masked_fill(torch.reciprocal(root_a), zero_a, 0.)
    core = torch.mul(torch.mul(torch.unsqueeze(root_b, 1), torch.mm(torch.t(vb), va)), root_a)
    u, s, vh = torch.linalg_svd(core, False)
    q = ops.prim.min(int(rank), torch.size(s, 0))
    root = torch.sqrt(torch.narrow(s, 0, 0, q))
    left = torch.mm(torch.mul(vb, inverse_b), torch.mul(torch.narrow(u, 1, 0, q), root))
    right = torch.mm(torch.mul(torch.unsqueeze(root, 1), torch.mul(torch.narrow(vh, 0, 0, q), inverse_a)), torch.t(va))
    return (torch.mm(b, torch.type_as(left, b)), torch.mm(torch.type_as(right, a), a))
  def rms_norm(self: __torch__.Ops, x: Tensor, weight: Tensor) -> Tensor:
    return torch.rms_norm(x, [torch.size(x, -1)], weight, 9.9999999999999995e-07)
  def gelu_tanh(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.gelu(x, approximate="tanh")
  def silu(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.silu(x)
  def quick_gelu(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.mul(x, torch.sigmoid(torch.mul(x, 1.702)))
  def embedding(self: __torch__.Ops, ids: Tensor, table: Tensor) -> Tensor:
    return torch.embedding(table, ids)
  def group_norm(self: __torch__.Ops, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.group_norm(x, torch.size(weight, 0), torch.flatten(weight), bias, 9.9999999999999995e-07)
  def conv(self: __torch__.Ops, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    margin = torch.floordiv(torch.size(weight, 3), 2)
    return torch.conv2d(x, weight, bias, [1, 1], [margin, margin])
  def downsample(self: __torch__.Ops, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.conv2d(torch.constant_pad_nd(x, [0, 1, 0, 1], 0), weight, bias, [2, 2])
  def upsample(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.upsample_nearest2d(x, None, [2., 2.])
  def to_bf16(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.to(x, 15)
  def bits_as_bf16(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.view_copy(x, dtype=15)
  def to_f32(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.to(x, 6, False, True)
  def to_device_of(self: __torch__.Ops, x: Tensor, anchor: Tensor) -> Tensor:
    return torch.to(x, ops.prim.device(anchor), ops.prim.dtype(x))
  def qr(self: __torch__.Ops, x: Tensor) -> Tuple[Tensor, Tensor]:
    q, r = torch.linalg_qr(x)
    return (q, r)
  def triangle(self: __torch__.Ops, x: Tensor) -> Tensor:
    q, r = torch.linalg_qr(x, "r")
    return r
  def eigh(self: __torch__.Ops, x: Tensor) -> Tuple[Tensor, Tensor]:
    values, vectors = torch.linalg_eigh(x)
    return (values, vectors)
  def svd(self: __torch__.Ops, x: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    u, s, vh = torch.linalg_svd(x, False)
    return (u, s, vh)
