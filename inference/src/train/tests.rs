//! Training compared with PyTorch's.

mod pytorch;
