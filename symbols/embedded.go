package symbols

func (m *Image) embedded() (*Table, error) { return nil, nil }
