package main

func (b *bench) fail(n int) {}
func (b *bench) full()      {}
func (b *bench) cut(n int)  {}
