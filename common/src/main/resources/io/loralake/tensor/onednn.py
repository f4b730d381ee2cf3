class Ops(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  def forward(self: __torch__.Ops, x: Tensor) -> Tensor:
    return x
  def linear(self: __torch__.Ops, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return ops.mkldnn._linear_pointwise(x, weight, bias, "none", annotate(List[Optional[number]], []), "")
  def product(self: __torch__.Ops, x: Tensor, weight: Tensor) -> Tensor:
    return ops.mkldnn._linear_pointwise(x, weight, None, "none", annotate(List[Optional[number]], []), "")
  def convolution(self: __torch__.Ops, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    pixels = torch.permute(torch.reshape(x, [16, -1, 1, torch.size(x, -1)]), [0, 3, 1, 2])
    y = torch.conv2d(pixels, torch.unsqueeze(torch.unsqueeze(weight, 2), 3), bias)
    shape = torch.add(torch.slice(torch.size(x), None, -1), [torch.size(weight, 0)])
    return torch.reshape(torch.permute(y, [0, 2, 3, 1]), shape)
