"""Training: the open numbers of layers, from rows, by gradients; and of one neuron, by proof.

Rows become `Samples`, the layers that a label depends on `Blocks`. `noise` and `learning` alone
know PyTorch: latent numbers move, which `integers` rounds, folds into a network and evaluates
exactly.

Order: settings, blocks, samples, labels, integers, noise, learning, answer, report, skeletons,
command.
"""
