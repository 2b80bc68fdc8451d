"""Training: the open numbers of layers, from rows, by gradients; and of one neuron, by proof.

Rows become `Samples`, the layers that a label depends on `Blocks`. `learning` alone knows PyTorch:
it moves latent numbers, which `integers` rounds and folds into a network, and evaluates exactly.

Order: settings, samples, blocks, labels, integers, learning, answer, report, writing, command.
"""
