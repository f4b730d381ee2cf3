class Ops(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  def forward(self: __torch__.Ops, x: Tensor) -> Tensor:
    return x
  def nothing(self: __torch__.Ops, x: Tensor) -> Tensor:
    return ops.nowhere.nothing(x)
