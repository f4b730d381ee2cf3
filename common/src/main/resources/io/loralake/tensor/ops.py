class Ops(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  def forward(self: __torch__.Ops, x: Tensor) -> Tensor:
    return x
  def sdpa(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return torch.scaled_dot_product_attention(q, k, v)
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
  def rms_norm(self: __torch__.Ops, x: Tensor, weight: Tensor) -> Tensor:
    return torch.rms_norm(x, [torch.size(x, -1)], weight, 9.9999999999999995e-07)
  def gelu_tanh(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.gelu(x, approximate="tanh")
  def silu(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.silu(x)
  def to_bf16(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.to(x, 15)
  def to_f32(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.to(x, 6)
  def qr(self: __torch__.Ops, x: Tensor) -> Tuple[Tensor, Tensor]:
    q, r = torch.linalg_qr(x)
    return (q, r)
  def svd(self: __torch__.Ops, x: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    u, s, vh = torch.linalg_svd(x, False)
    return (u, s, vh)
