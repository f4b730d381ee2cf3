"""A FLUX transformer of diffusers with the sizes of a file in conf/models."""

from diffusers import FluxTransformer2DModel
from diffusers.models.attention import FeedForward
from diffusers.models.transformers.transformer_flux import FluxSingleTransformerBlock


def transformer(config):
    heads, width = config["num_heads"], config["hidden_size"]
    model = FluxTransformer2DModel(
        in_channels=config["in_channels"],
        num_layers=config["depth"],
        num_single_layers=config["depth_single_blocks"],
        attention_head_dim=width // heads,
        num_attention_heads=heads,
        joint_attention_dim=config["context_in_dim"],
        pooled_projection_dim=config["vec_in_dim"],
        guidance_embeds=config["guidance_embed"],
        axes_dims_rope=tuple(config["axes_dim"]),
    )
    ratio = config["mlp_ratio"]
    if ratio != 4:  # the only one that diffusers has an option for
        for block in model.transformer_blocks:
            block.ff = FeedForward(width, width, mult=ratio, activation_fn="gelu-approximate")
            block.ff_context = FeedForward(width, width, mult=ratio, activation_fn="gelu-approximate")
        for i in range(config["depth_single_blocks"]):
            model.single_transformer_blocks[i] = FluxSingleTransformerBlock(width, heads, width // heads, ratio)
    return model
