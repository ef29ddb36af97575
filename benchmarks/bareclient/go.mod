module lakehouse-parity/bareclient

go 1.24
