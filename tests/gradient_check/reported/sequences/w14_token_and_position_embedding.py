# SOURCE: https://github.com/meta-pytorch/opacus/issues/841 (gradient of the position embedding: one
#     sample in place of the batch's sum); the sqrt(d_model) of "Attention is all you need", 3.4,
#     forgotten in backward: known slip
# mistake: (1) positions: = in place of += in the loop, so the last sample overwrites those before;
#     (2) the factor sqrt(d) of the token embeddings is in forward only
# TRUE: TWO: pos_emb's gradient wrong (only the last sample of the batch, the sum over the batch is
#     missing); tok_emb's gradient wrong (lacks the factor sqrt(d_model) = 2)
# SAYS: d tok_emb is 2 times too small
# SAYS: d pos_emb comes from the last sample of y alone
# cmd: InputEmbedding --input 3,5 --integers 6
import numpy as np


class InputEmbedding:
    def __init__(self, rng, vocab=6, max_len=8, d_model=4):
        self.params = {
            "tok_emb": rng.normal(0, 0.5, (vocab, d_model)),
            "pos_emb": rng.normal(0, 0.5, (max_len, d_model)),
        }
        self.grads = {}
        self.d_model = d_model

    def forward(self, ids):
        self.ids = ids
        tok = self.params["tok_emb"][ids] * np.sqrt(self.d_model)
        pos = self.params["pos_emb"][:ids.shape[1]]
        return tok + pos

    def backward(self, dout):
        for name, p in self.params.items():
            self.grads[name] = np.zeros_like(p)
        B, T = self.ids.shape
        for b in range(B):
            for t in range(T):
                self.grads["tok_emb"][self.ids[b, t]] += dout[b, t]
                self.grads["pos_emb"][t] = dout[b, t]
        return None
