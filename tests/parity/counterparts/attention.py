"""Attention, as it is defined: PyTorch's own cannot be differentiated twice, and draws what it drops."""

import math

import torch


def attention(query, key, value, mask, kept, is_causal, scale, gain):
    scores = scale * query @ key.mT
    if torch.is_tensor(mask):
        scores = scores + mask
    elif mask is not None:
        scores = scores.masked_fill(torch.tensor(~mask), -math.inf)
    if is_causal:
        scores = scores.masked_fill(torch.ones(scores.shape[-2:], dtype=bool).triu(1), -math.inf)
    sees_any = (scores > -math.inf).any(-1, keepdim=True)
    p = torch.where(sees_any, torch.where(sees_any, scores, 0.0).softmax(-1), 0.0)
    return gain * (p if kept is None else torch.tensor(kept.copy()) * p) @ value


COUNTERPARTS = {"attention": attention}

LACKING = {}
