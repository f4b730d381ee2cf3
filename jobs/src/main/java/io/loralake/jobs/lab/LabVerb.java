package io.loralake.jobs.lab;

import picocli.CommandLine.Command;

/** Makes the parts of the miniature world, each by a verb of its own. */
@Command(
    name = "lab",
    description = "Makes the miniature world: pictures, auto-encoder, base model, zoo.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      PicturesVerb.class,
      TrainAutoEncoderVerb.class,
      TrainBaseVerb.class,
      TrainClassifierVerb.class,
      BaseProofVerb.class,
      ZooSpecVerb.class,
      ZooBadVerb.class,
      ZooProofVerb.class
    })
public final class LabVerb {}
